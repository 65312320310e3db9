/** Odd requests to every route: the server may refuse them, but never fails and never ends. */
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { ROUTES } from '../../server/api/index.ts'
import { clientOf, MAC, testServer } from '../contract/server.ts'
import { seededRandom } from '../harness/random.ts'

const ROUNDS = Number(process.env['BTY_FUZZ_ROUNDS'] ?? 12)
const SEED = Number(process.env['BTY_FUZZ_SEED'] ?? 20261124)

const PARAMS = [
  MAC, 'x', '0', '-1', '9999999999999999999', '%00', '..', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%5c..', '%ff%fe', '%', '%E0%A4%A',
  'a'.repeat(300), '__proto__', 'constructor', '%0d%0aSet-Cookie:x', 'v1.2.3', ' ', '%20', '😀', "';DROP TABLE machines;--",
] // prettier-ignore
const QUERIES = ['', '?', '?a', '?q=%', '?mac=%00', '?src=%ff', '?limit=-1', '?limit=1e9', '?page=NaN&per_page=0', '?__proto__=1', '?q=a&q=b', '?sort=%27&dir=up', `?q=${'a'.repeat(4000)}`, '?before_id=9e99', '?mac=aa:bb:cc:dd:ee:ff'] // prettier-ignore
const SCALARS = [null, true, 0, -1, 1e308, '', 'x', '\u0000', '\ud800', '..', 'a'.repeat(5000), [], {}, [[]], { __proto__: null }, 'http://[', 'oras://', 'file:///etc/shadow', 2 ** 53] // prettier-ignore
const NAMES = ['value', 'key', 'section', 'disks', 'lshw', 'image_url', 'sha_url', 'ref', 'labels', 'boot_mode', 'bty_image_ref', 'password', 'tag', 'repo', 'src', 'version', 'network', 'proxy_dhcp', 'phase', 'boot', 'seq', 'status', 'reason', 'ids', '__proto__', 'constructor'] // prettier-ignore
const TYPES = ['application/json', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', 'multipart/form-data', 'multipart/form-data; boundary=x', 'text/plain', '', ';;;'] // prettier-ignore
const HEADERS: Record<string, string>[] = [{}, { range: 'bytes=5-2,-0,9-' }, { 'if-none-match': '*' }, { 'if-modified-since': 'never' }, { cookie: 'bty-token=%; bty-token=a.b' }, { 'last-event-id': '-1-1' }, { 'x-forwarded-for': ',,, ::ffff:999.1.1.1' }, { 'accept-encoding': 'br;q=9' }, { 'x-bty-boot': 'no' }, { 'content-encoding': 'gzip' }, { host: 'a b' }] // prettier-ignore

test(`${ROUNDS} odd requests to every route: no 5xx, and the server lives (seed ${SEED})`, async (t) => {
  const { running, base, signedIn, anyone } = await testServer(t)
  const operator = await signedIn()
  const random = seededRandom(SEED)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const value = (deep = 0): unknown =>
    deep < 3 && random() < 0.3
      ? Object.fromEntries(Array.from({ length: 3 }, () => [pick(NAMES), value(deep + 1)]))
      : pick(SCALARS)
  const fields = () => Object.fromEntries(Array.from({ length: 5 }, () => [pick(NAMES), value()]))

  function body(): string | Buffer | undefined {
    switch (pick(['none', 'json', 'json', 'json', 'form', 'multipart', 'bytes', 'cut'])) {
      case 'json':
        return JSON.stringify(random() < 0.8 ? fields() : value())
      case 'form':
        return Object.entries(fields())
          .map(([name, one]) => `${name}=${encodeURI(JSON.stringify(one).toWellFormed())}`)
          .join('&')
      case 'multipart':
        return `--x\r\nContent-Disposition: form-data; name="file"; filename="${pick(PARAMS)}.toml"\r\n\r\n${pick(['', 'version = ', '[[images]]\nname=1', '\u0000'])}\r\n--x--`
      case 'bytes':
        return Buffer.from(Array.from({ length: 64 }, () => Math.floor(random() * 256)))
      case 'cut':
        return '{"a":[1,'
      default:
        return undefined
    }
  }

  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']
  const paths = [
    ...new Set([...running.routes.map(({ path }) => path), ...Object.values(ROUTES).map(({ path }) => path)]),
  ]
  let asked = 0
  for (const path of paths) {
    for (let round = 0; round < ROUNDS; round++) {
      const url =
        encodeURI(path.replace(/[:*]\w+/g, () => pick(PARAMS))).replaceAll('%25', '%') + pick(QUERIES)
      const own = running.routes.filter((route) => route.path === path).map(({ method }) => method)
      const method = random() < 0.8 ? pick(own.length > 0 ? own : methods) : pick(methods)
      const type = pick(TYPES)
      const client = clientOf(base)
      if (random() < 0.8) client.cookie = operator.cookie
      const headers = { ...(type && { 'content-type': type }), ...pick(HEADERS) }
      // A stream does not end; signing out ends the session; what asks another server is tested elsewhere.
      const endless = path.startsWith('/events/') && method === 'GET'
      const skipped = path.includes('logout') || path === '/api/session' || path.includes('fetch')
      // Without a TFTP server each probe waits for one that does not answer.
      const slow = path.endsWith('/tftp-probe') && round >= 3
      if (endless || skipped || slow) continue
      asked++
      const bytes = method === 'GET' || method === 'HEAD' ? undefined : body()
      const answer = await client.ask(url, { method, headers, ...(bytes !== undefined && { body: bytes }) })
      ok(
        answer.status < 500,
        `${method} ${url} ${JSON.stringify(headers)} ${String(bytes)}: ${answer.status} ${answer.text}`,
      )
    }
  }
  ok(asked > paths.length * 5, `${asked} requests`)
  equal((await anyone.ask('/healthz')).status, 200)
})
