import nx from '@nx/eslint-plugin'
import prettier from 'eslint-config-prettier'
import tseslint from 'typescript-eslint'

/** What decisions and events may not reach for: they are pure, everything comes in with the command. */
const impure = ['new Date()', 'Date.now', 'Math.random', 'randomUUID'].map(name => ({
  name,
  message: `${name}: pass it in with the command.`,
}))

export default tseslint.config(
  { ignores: ['**/dist/**', 'tmp/**', 'node_modules/**', '.nx/**', 'coverage/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          // Contract suites and fixtures stand there, for the specs of the packages that it is made of.
          ignoredCircularDependencies: [['@passerelle/testing', '*']],
          // A client that few hubs connect to is loaded by those alone, from an entry of its own.
          checkDynamicDependenciesExceptions: ['@passerelle/event-log'],
          depConstraints: [
            { sourceTag: 'type:platform', onlyDependOnLibsWithTags: ['type:platform'] },
            { sourceTag: 'type:context', onlyDependOnLibsWithTags: ['type:platform'] },
            { sourceTag: 'type:view', onlyDependOnLibsWithTags: ['type:context', 'type:platform'] },
            { sourceTag: 'type:process', onlyDependOnLibsWithTags: ['type:context', 'type:platform'] },
            {
              sourceTag: 'type:app',
              onlyDependOnLibsWithTags: ['type:app', 'type:view', 'type:process', 'type:context', 'type:platform'],
            },
          ],
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }],
    },
  },
  {
    files: ['**/*.events.ts', '**/*.decider.ts'],
    rules: {
      // No default: a new event or state must be thought of in every place.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, allowDefaultCaseForExhaustiveSwitch: false },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@nestjs/*', 'node:*', 'pg', 'kafkajs', '@eventstore/*', '@electric-sql/*', 'uuid'],
              message: 'Events and deciders are pure.',
            },
          ],
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: impure[1].message },
        { object: 'Math', property: 'random', message: impure[2].message },
        { object: 'crypto', property: 'randomUUID', message: impure[3].message },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: impure[0].message },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  {
    files: ['libs/contexts/**/*.ts', 'libs/processes/**/*.ts', 'libs/views/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.events.ts', '**/*.decider.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['pg', 'kafkajs', '@eventstore/*', '@electric-sql/*', 'pg-copy-streams'],
              message: 'Only platform and apps touch drivers.',
            },
          ],
          paths: [
            {
              name: 'class-validator',
              importNames: ['IsISO8601', 'IsDateString'],
              message: 'IsDay of @passerelle/http: ISO 8601 knows many ways to write a day, the hub one.',
            },
          ],
        },
      ],
    },
  },
  // Jest takes the default export of these.
  { files: ['**/jest-setup.ts', '**/jest-teardown.ts', '**/jest-sequencer.js'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.js', '**/*.mjs'],
    rules: { '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_' }] },
  },
  prettier,
)
