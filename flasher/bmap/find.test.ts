import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bmapText, sealed } from '../testing/bmap.ts'
import { startMapOrigin } from '../testing/origin.ts'
import { bmapPlaces, findBmap } from './find.ts'
import { MAX_BMAP_BYTES } from './parse.ts'

const root = mkdtempSync(join(tmpdir(), 'bty-find-'))
after(() => rmSync(root, { recursive: true }))
const never = new AbortController().signal
const MAP = sealed(bmapText())

const PLACES: [src: string, places: string[]][] = [
  ['a/x.img.zst', ['a/x.img.zst.bmap', 'a/x.img.bmap', 'a/x.bmap']],
  ['x.img', ['x.img.bmap', 'x.bmap']],
  ['x-12.5.wic.gz', ['x-12.5.wic.gz.bmap', 'x-12.5.wic.bmap', 'x-12.5.bmap']],
  ['x-12.5', ['x-12.5.bmap']],
  ['a?b#c.img', ['a?b#c.img.bmap', 'a?b#c.bmap']],
  ['http://h/x.IMG.XZ?s=1', ['http://h/x.IMG.XZ.bmap?s=1', 'http://h/x.IMG.bmap?s=1', 'http://h/x.bmap?s=1']],
  ['http://h/download?name=x.img', []],
  ['file:///a/x', ['file:///a/x.bmap']],
  ['http://h/x.img#part', ['http://h/x.img.bmap#part', 'http://h/x.bmap#part']],
]
for (const [src, places] of PLACES)
  test(`a block map of ${src} is looked for in ${places.length} places`, () =>
    deepEqual(bmapPlaces(src), places))

for (const name of ['x.img.zst.bmap', 'x.img.bmap', 'x.bmap'])
  test(`${name} is found beside x.img.zst, by path and as file://`, async () => {
    const dir = mkdtempSync(join(root, 'd-'))
    writeFileSync(join(dir, name), MAP)
    const image = join(dir, 'x.img.zst')
    equal((await findBmap(image, never))?.name, join(dir, name))
    equal((await findBmap(pathToFileURL(image).href, never))?.bmap.imageBytes, 40_959)
  })

test('the nearest name wins', async () => {
  const dir = mkdtempSync(join(root, 'd-'))
  writeFileSync(join(dir, 'x.bmap'), 'what ever')
  writeFileSync(join(dir, 'x.img.bmap'), MAP)
  equal((await findBmap(join(dir, 'x.img'), never))?.name, join(dir, 'x.img.bmap'))
})

test('no file, a folder, and a file that is no block map at all are none', async () => {
  const dir = mkdtempSync(join(root, 'd-'))
  mkdirSync(join(dir, 'x.img.bmap'))
  writeFileSync(join(dir, 'x.bmap'), 'BM bitmap picture')
  equal(await findBmap(join(dir, 'x.img'), never), null)
  equal(await findBmap('oras://registry/x:1', never), null)
  equal(await findBmap('-', never), null)
})

test('a damaged block map is told, not passed over', async () => {
  const dir = mkdtempSync(join(root, 'd-'))
  writeFileSync(join(dir, 'x.bmap'), MAP.toString().replace('40959', '40958'))
  await rejects(findBmap(join(dir, 'x.img'), never), { code: 'corrupt', message: /x\.bmap cannot be used/ })
})

test('a block map is fetched from the origin of an image, through a redirect too', async () => {
  await using origin = await startMapOrigin((request, response) => {
    if (request.url === '/x.img.bmap?t=1') response.writeHead(302, { location: '/maps/x' }).end()
    else if (request.url === '/maps/x') response.end(MAP)
    else response.writeHead(404).end()
  })
  const found = await findBmap(`${origin.url}/x.img.zst?t=1`, never)
  equal(found?.name, `${origin.url}/x.img.bmap?t=1`)
  deepEqual(origin.requests.slice(0, 3).sort(), [
    'GET /x.bmap?t=1',
    'GET /x.img.bmap?t=1',
    'GET /x.img.zst.bmap?t=1',
  ])
})

test('an origin without block maps, with a page for every name, or that breaks off, has none', async () => {
  const page = `<!DOCTYPE html><html>${'x'.repeat(1000)}</html>`
  await using origin = await startMapOrigin((request, response) => {
    if (request.url!.startsWith('/page')) response.end(page)
    else if (request.url!.startsWith('/breaks')) response.writeHead(200, { 'content-length': 999 }).destroy()
    else if (request.url!.startsWith('/deny')) response.writeHead(403).end()
    else response.writeHead(404).end()
  })
  for (const path of ['page', 'breaks', 'deny', 'none'])
    equal(await findBmap(`${origin.url}/${path}.img`, never), null, path)
})

test('a block map without end is read up to its limit', async () => {
  await using origin = await startMapOrigin((_, response) => {
    response.write('<bmap>')
    const more = () => {
      while (response.write(' '.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  })
  await rejects(findBmap(`${origin.url}/x.iso`, never), {
    message: new RegExp(`has ${MAX_BMAP_BYTES + 1} bytes`),
  })
})

test('a cancelled flash stops looking', async () => {
  const stop = new AbortController()
  await using origin = await startMapOrigin(() => stop.abort())
  await rejects(findBmap(`${origin.url}/x.img`, stop.signal), { code: 'cancelled' })
})
