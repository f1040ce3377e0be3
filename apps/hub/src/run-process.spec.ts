import { nodeTooOld } from './run-process.js'

test('an older Node.js is told as what it is, with the way out; one that is new enough is not spoken of', () => {
  for (const version of ['18.20.4', '20.19.0', '22.12.0', '24.8.0'])
    expect(nodeTooOld(version)).toMatch(
      new RegExp(`needs Node.js 24.9 or newer, and this is ${version}. "npm start".* brings its own`),
    )
  for (const version of ['24.9.0', '24.21.1', '25.0.0', process.versions.node]) expect(nodeTooOld(version)).toBeUndefined()
})
