import { equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PAGES } from './pages.ts'

for (const [file, text] of Object.entries(PAGES))
  test(`${file} says what the code says`, () =>
    equal(readFileSync(join(import.meta.dirname, '..', file), 'utf8'), text(), 'npm run docs makes it anew'))
