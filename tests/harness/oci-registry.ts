/** Debian's docker-registry on a free port of the loopback, and skopeo to push into it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface Layer {
  title?: string
  mediaType: string
  bytes: Buffer
}

export interface OciRegistry extends AsyncDisposable {
  /** `127.0.0.1:41234`. */
  host: string
  /** Digest of the manifest. */
  push(repository: string, tag: string, layers: Layer[], more?: { artifactType?: string }): Promise<string>
  /** Lines of the registry's access log. */
  log(): string[]
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') }
const READY_MS = 30_000

export async function startOciRegistry(extra = ''): Promise<OciRegistry> {
  const dir = mkdtempSync(join(tmpdir(), 'bty-registry-'))
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const config = join(dir, 'config.yml')
  const log: string[] = []
  writeFileSync(
    config,
    `version: 0.1\nlog: {accesslog: {disabled: false}, level: info}\nstorage: {filesystem: {rootdirectory: ${join(dir, 'data')}}}\nhttp: {addr: "${host}"}\n${extra}`,
  )
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  const hear = (chunk: Buffer) => log.push(...chunk.toString().split('\n').filter(Boolean))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  await answers(`http://${host}/v2/`, child, log)
  return {
    host,
    log: () => log,
    push: (repository, tag, layers, more) =>
      Promise.resolve(pushed(dir, `docker://${host}/${repository}:${tag}`, layers, more)),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Writes an OCI layout and lets skopeo copy it. */
function pushed(dir: string, target: string, layers: Layer[], more: { artifactType?: string } = {}): string {
  const layout = mkdtempSync(join(dir, 'layout-'))
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true })
  const blob = ({ mediaType, bytes, title }: Layer) => {
    const digest = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(join(layout, 'blobs', 'sha256', digest), bytes)
    const annotations =
      title === undefined ? {} : { annotations: { 'org.opencontainers.image.title': title } }
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length, ...annotations }
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    ...more,
    config: blob(EMPTY),
    layers: layers.map(blob),
  }
  const described = blob({ mediaType: MANIFEST, bytes: Buffer.from(JSON.stringify(manifest)) })
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const annotations = { 'org.opencontainers.image.ref.name': 'it' }
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...described, annotations }] }),
  )
  const copied = spawnSync(
    'skopeo',
    [
      'copy',
      '--insecure-policy',
      '--preserve-digests',
      '--dest-tls-verify=false',
      `oci:${layout}:it`,
      target,
    ],
    { encoding: 'utf8' },
  )
  if (copied.status !== 0) throw new Error(`skopeo could not push to ${target}: ${copied.stderr}`)
  return described.digest
}

async function answers(url: string, child: ChildProcess, log: string[]): Promise<void> {
  const end = Date.now() + READY_MS
  while (Date.now() < end && child.exitCode === null) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200 || status === 401) return
    await pause(50)
  }
  throw new Error(`docker-registry did not answer at ${url}: ${log.slice(-5).join('\n')}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
