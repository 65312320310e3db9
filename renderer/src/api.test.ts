import { deepEqual, equal, rejects } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { after, before } from 'node:test'
import { ApiError, type Call, client, problemOf } from './api.ts'

const asked: { method?: string; url?: string; type?: string | undefined; body: string }[] = []
let answer: { status: number; body: string } = { status: 200, body: '{}' }
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    asked.push({ method: request.method, url: request.url, type: request.headers['content-type'], body })
    response.writeHead(answer.status).end(answer.body)
  })
})
let call: Call

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  call = client((path, init) => fetch(`${base}${String(path)}`, init))
})
after(() => server.close())

const answered = (status: number, body: unknown) =>
  (answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) })

test('a call takes its method and path from the route table', async () => {
  answered(200, { mac: 'x' })
  const body = { boot_mode: 'ipxe-exit' as const }
  deepEqual(await call('saveMachine', { params: { mac: 'aa:bb:cc:dd:ee:ff' }, body }), { mac: 'x' })
  deepEqual(asked.at(-1), {
    method: 'PUT',
    url: '/machines/aa:bb:cc:dd:ee:ff',
    type: 'application/json',
    body: JSON.stringify(body),
  })
  answered(200, [])
  await call('machines')
  deepEqual(asked.at(-1), { method: 'GET', url: '/machines', type: undefined, body: '' })
})

test('an answer without a body is undefined', async () => {
  answered(204, '')
  equal(await call('deleteCatalogEntry', { query: { src: 'https://e.example/a?b' } }), undefined)
  equal(asked.at(-1)!.url, '/catalog/entries?src=https%3A%2F%2Fe.example%2Fa%3Fb')
})

test('text goes as it is', async () => {
  answered(200, { source: '<upload>', imported: 0, skipped: 0, errors: [] })
  await call('uploadCatalog', { text: 'version = 1\n' })
  equal(asked.at(-1)!.body, 'version = 1\n')
  equal(asked.at(-1)!.type, 'application/toml')
})

test('a refusal becomes an error with status, detail and a sentence', async () => {
  answered(409, { detail: 'catalog entry with src=x already exists' })
  const added = () => call('addCatalogEntry', { body: { image_url: 'https://e.example/x.img' } })
  await rejects(added, { name: 'ApiError', status: 409, detail: 'catalog entry with src=x already exists' })
  equal(await problemOf(added), 'Catalog entry with src=x already exists.')
  answered(500, 'Internal Server Error')
  equal(await problemOf(added), 'Internal Server Error.')
})

test('no answer is status 0', async () => {
  const broken = client(() => Promise.reject(new TypeError('fetch failed')))
  await rejects(broken('session'), (error) => error instanceof ApiError && error.status === 0)
})

test('a mistake of ours is no problem of the operator', async () => {
  await rejects(
    problemOf(() => Promise.reject(new TypeError('x'))),
    TypeError,
  )
})
