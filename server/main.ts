import './young-space.js'
import { runHeadless } from './headless.ts'

await runHeadless(process.argv.slice(2), { print: console.log, printError: console.error })
