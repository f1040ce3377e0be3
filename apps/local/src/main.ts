// What follows takes some seconds to load: somebody is waiting.
if (!process.argv.includes('--help') && !process.argv.includes('-h')) console.error('Passerelle starts …')
await import('./run.js')
