import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { judge, type Verdict } from './navigation.ts'

const origin = 'http://127.0.0.1:8080'
const cases: [url: string, verdict: Verdict][] = [
  ['http://127.0.0.1:8080/ui', 'stay'],
  ['HTTP://127.0.0.1:8080/ui?x=1#y', 'stay'],
  ['http://127.0.0.1:8081/ui', 'browser'],
  ['https://127.0.0.1:8080/ui', 'browser'],
  ['http://localhost:8080/ui', 'browser'],
  ['https://ipxe.org/err/4c116092', 'browser'],
  ['http://127.0.0.1:8080@example.org/', 'refuse'],
  ['https://user:secret@example.org/', 'refuse'],
  ['file:///etc/passwd', 'refuse'],
  ['javascript:alert(1)', 'refuse'],
  ['data:text/html,<h1>hello', 'refuse'],
  ['blob:http://127.0.0.1:8080/4e5c', 'refuse'],
  ['ssh://example.org', 'refuse'],
  ['ms-msdt:/id', 'refuse'],
  ['about:blank', 'refuse'],
  ['/ui', 'refuse'],
  ['', 'refuse'],
]
for (const [url, verdict] of cases)
  test(`${url === '' ? 'an empty URL' : url}: ${verdict}`, () => equal(judge(url, origin), verdict))
