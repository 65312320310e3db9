import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { askedPage, pageOfArguments } from './asked-page.ts'

const FILES = ['/home/me/catalog.toml', '/home/me/debian 13.img.zst', '/srv/console', '/home/me/a.txt']
const looks = { cwd: '/home/me', isFile: (path: string) => FILES.includes(path) }

const cases: [argument: string, page: string | null][] = [
  ['bty://netboot', '/ui/netboot'],
  ['BTY://Images/', '/ui/images'],
  ['bty://machines/52:54:00:12:34:56', '/ui/machines/52:54:00:12:34:56'],
  ['bty://machines/52-54-00-12-34-AB', '/ui/machines/52:54:00:12:34:ab'],
  ['bty://machines/%35%32:54:00:12:34:56', '/ui/machines/52:54:00:12:34:56'],
  ['bty://machines/../../api/session', null],
  ['bty://machines/%2e%2e', null],
  ['bty://machines/%', null],
  ['bty://images/52:54:00:12:34:56', null],
  ['bty://netboot?fetch=1', null],
  ['bty://netboot#x', null],
  ['bty://open?token=x', null],
  ['bty://login', null],
  ['bty:machines', null],
  ['bty://example.org@machines', null],
  ['catalog.toml', '/ui/images?import=%2Fhome%2Fme%2Fcatalog.toml'],
  ['/home/me/debian 13.img.zst', '/ui/flash?image=%2Fhome%2Fme%2Fdebian%2013.img.zst'],
  ['/home/me/missing.img', null],
  ['/home/me/a.txt', null],
  ['--config', null],
  ['-x.img', null],
  ['', null],
  ['/home/me/a\0.img', null],
  ['https://example.org/a.img', null],
]
for (const [argument, page] of cases)
  test(`${JSON.stringify(argument)}: ${page ?? 'opens nothing'}`, () =>
    equal(askedPage(argument, looks), page))

test('executable, folder and flags stand beside what is asked for', () => {
  equal(
    pageOfArguments(['/usr/bin/electron', '/srv/console', '--port', '8081', 'bty://flash'], looks),
    '/ui/flash',
  )
  equal(pageOfArguments(['/home/me/catalog.toml', '/srv/console'], looks), null)
})
