/** Debian's docker-registry on a free port of the loopback, and skopeo to push into it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

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
  /** An index of one image per platform; the digests of their manifests. */
  pushIndex(
    repository: string,
    tag: string,
    images: { architecture: string; layers: Layer[] }[],
  ): Promise<string[]>
  /** Lines of the registry's access log. */
  log(): string[]
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') }
const READY_MS = 30_000
const PUSH_MS = 120_000
const run = promisify(execFile)

/** Where it runs when not on a free port of the loopback. */
export interface RegistryPlace {
  host: string
  /** Command line that runs `command` there, for example in a network namespace. */
  inside(command: string[]): string[]
}

/** `extra`: more of its configuration, in YAML; `login`: `name:password` for the pushes, where that asks for one. */
export async function startOciRegistry(
  extra = '',
  login?: string,
  place?: RegistryPlace,
): Promise<OciRegistry> {
  const dir = mkdtempSync(join(tmpdir(), 'bty-registry-'))
  const { host, inside = here } = place ?? { host: `127.0.0.1:${await freePort()}` }
  const config = join(dir, 'config.yml')
  const log: string[] = []
  writeFileSync(
    config,
    `version: 0.1\nlog: {accesslog: {disabled: false}, level: info}\nstorage: {filesystem: {rootdirectory: ${join(dir, 'data')}}}\nhttp: {addr: "${host}"}\n${extra}`,
  )
  const [program, ...args] = inside(['docker-registry', 'serve', config])
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const hear = (chunk: Buffer) => log.push(...chunk.toString().split('\n').filter(Boolean))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  await listens(child, log)
  const target = { dir, login, inside }
  return {
    host,
    log: () => log,
    push: (repository, tag, layers, more) =>
      pushed(target, `docker://${host}/${repository}:${tag}`, layers, more),
    pushIndex: (repository, tag, images) =>
      pushedIndex(target, `docker://${host}/${repository}:${tag}`, images),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      kill()
      process.off('exit', kill)
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

type Blob = (layer: Layer) => { mediaType: string; digest: string; size: number }

interface Pushing {
  dir: string
  login: string | undefined
  inside: RegistryPlace['inside']
}

function here(command: string[]): string[] {
  return command
}

async function pushed(pushing: Pushing, target: string, layers: Layer[], more: object = {}): Promise<string> {
  const layout = newLayout(pushing.dir)
  const image = writeManifest(layout.blob, layers, more)
  await copyLayout(layout.dir, image, target, pushing)
  return image.digest
}

async function pushedIndex(
  pushing: Pushing,
  target: string,
  images: { architecture: string; layers: Layer[] }[],
): Promise<string[]> {
  const layout = newLayout(pushing.dir)
  const manifests = images.map(({ architecture, layers }) => ({
    ...writeManifest(layout.blob, layers, {}),
    platform: { os: 'linux', architecture },
  }))
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }))
  await copyLayout(layout.dir, layout.blob({ mediaType: INDEX, bytes }), target, pushing)
  return manifests.map(({ digest }) => digest)
}

function newLayout(parent: string): { dir: string; blob: Blob } {
  const dir = mkdtempSync(join(parent, 'layout-'))
  mkdirSync(join(dir, 'blobs', 'sha256'), { recursive: true })
  const blob: Blob = ({ mediaType, bytes, title }) => {
    const digest = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(join(dir, 'blobs', 'sha256', digest), bytes)
    const annotations =
      title === undefined ? {} : { annotations: { 'org.opencontainers.image.title': title } }
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length, ...annotations }
  }
  return { dir, blob }
}

function writeManifest(blob: Blob, layers: Layer[], more: object): ReturnType<Blob> {
  const parts = { config: blob(EMPTY), layers: layers.map(blob) }
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, ...more, ...parts }
  return blob({ mediaType: MANIFEST, bytes: Buffer.from(JSON.stringify(manifest)) })
}

/** Completes the OCI layout and lets skopeo copy it. */
async function copyLayout(
  layout: string,
  described: ReturnType<Blob>,
  target: string,
  { login, inside }: Pushing,
): Promise<void> {
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const annotations = { 'org.opencontainers.image.ref.name': 'it' }
  const index = { schemaVersion: 2, manifests: [{ ...described, annotations }] }
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index))
  const options = ['--all', '--insecure-policy', '--preserve-digests', '--dest-tls-verify=false']
  if (login !== undefined) options.push('--dest-creds', login)
  // Not synchronous: it may ask a token service in this very process.
  const [program, ...args] = inside(['skopeo', 'copy', ...options, `oci:${layout}:it`, target])
  await run(program!, args, { timeout: PUSH_MS })
}

async function listens(child: ChildProcess, log: readonly string[]): Promise<void> {
  const end = Date.now() + READY_MS
  while (Date.now() < end && child.exitCode === null) {
    if (log.some((line) => line.includes('listening on '))) return
    await pause(50)
  }
  throw new Error(`docker-registry did not come up: ${log.slice(-5).join('\n')}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
