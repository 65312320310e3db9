/** `npm run docs`: writes the pages that are made from the code. A test holds them to it. */
import './node-version.ts'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PAGES } from './pages.ts'

for (const [file, text] of Object.entries(PAGES)) {
  writeFileSync(join(import.meta.dirname, '..', file), text())
  console.log(`wrote ${file}`)
}
