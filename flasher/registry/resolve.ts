import { parseOrasRef } from '../image/oras.ts'
import type { OrasRef } from '../image/oras.ts'
import { askOnce, askPatiently, unreachable } from './ask.ts'
import type { RegistryAnswer, RegistryWorld } from './ask.ts'
import { chooseLayer } from './choose.ts'
import { apiHost, basicHeader } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { RegistryError } from './errors.ts'
import type { RegistryLayer } from './layer.ts'
import { readManifest } from './manifest.ts'
import { withoutSecrets } from './secrets.ts'
import { authorise, challengeOf, follow, loginHint } from './token.ts'
import type { Authorization, Visit } from './token.ts'

const ONE = 'application/vnd.oci.image.manifest.v1+json,application/vnd.docker.distribution.manifest.v2+json'
const MANY =
  'application/vnd.oci.image.index.v1+json,application/vnd.docker.distribution.manifest.list.v2+json'

/**
 * What an `oras://` reference stands for now (wire contract of the flasher, section 5). A digest names the blob; where
 * the registry has no such blob it may name a manifest. @throws {ImageError} for the reference, {RegistryError} else;
 * an abort of `signal` throws its reason.
 */
export async function resolveOras(
  text: string,
  world: RegistryWorld,
  signal?: AbortSignal,
): Promise<RegistryLayer> {
  const ref = parseOrasRef(text)
  const host = apiHost(ref.host)
  const { credentials, problem } = await world.credentials(host, ref.repository)
  const base = `${world.plainHttp(host) ? 'http' : 'https'}://${host}`
  const secrets = new Set(credentials === null ? [] : secretsOf(credentials))
  const visit: Visit = { world, base, host, repository: ref.repository, credentials, secrets, signal }
  try {
    return cleared(await find(visit, ref, text), secrets)
  } catch (thrown) {
    if (signal?.aborted) throw thrown
    const error = unreachable(base, thrown)
    const hidden = withoutSecrets(error.message, secrets)
    const more =
      problem !== null && ['refused', 'not-found'].includes(error.code) ? `; besides, ${problem}` : ''
    throw new RegistryError(error.code, hidden + more)
  }
}

async function find(visit: Visit, ref: OrasRef, name: string): Promise<RegistryLayer> {
  const authorization = await authorise(visit)
  const blobUrl = (digest: string) => `${visit.base}/v2/${ref.repository}/blobs/${digest}`
  if (ref.digest !== null) {
    const url = blobUrl(ref.digest)
    const blob = await askBlob(visit, url, name, authorization)
    if (!blob.missing)
      return { url, headers: blob.authorization, digest: ref.digest, sizeBytes: null, title: null }
  }
  const asked = await askManifest(visit, ref, name, authorization)
  const { body, headers } = asked.answer
  const chosen = chooseLayer(readManifest(body, headers, name, ref.digest), name)
  return { url: blobUrl(chosen.digest), headers: asked.authorization, ...chosen }
}

/** Only a plain "not found" counts as missing: storage behind a redirect may not take HEAD. A 401 is followed once. */
async function askBlob(
  visit: Visit,
  url: string,
  name: string,
  authorization: Authorization,
): Promise<{ missing: boolean; authorization: Authorization }> {
  const ask = async (headers: Authorization) => {
    try {
      const answer = await askOnce(visit.world, url, { method: 'HEAD', headers }, visit.signal)
      return new URL(answer.url).origin === new URL(visit.base).origin ? answer : null
    } catch (error) {
      if (visit.signal?.aborted) throw error
      return null
    }
  }
  let answer = await ask(authorization)
  const challenge = answer?.status === 401 ? challengeOf(visit, answer) : null
  if (challenge !== null) {
    authorization = await follow(visit, challenge)
    answer = await ask(authorization)
  }
  if (answer?.status === 401) throw statusError(visit, name, 401)
  return { missing: answer?.status === 404, authorization }
}

interface Asked {
  answer: RegistryAnswer
  authorization: Authorization
}

/** A 401 is followed once: some registries challenge per repository, hostile ones for ever. */
async function askManifest(
  visit: Visit,
  ref: OrasRef,
  name: string,
  authorization: Authorization,
): Promise<Asked> {
  const url = `${visit.base}/v2/${ref.repository}/manifests/${ref.digest ?? ref.tag}`
  const ask = (accept: string, headers: Authorization) =>
    askPatiently(visit.world, url, { headers: { accept, ...headers } }, visit.signal)
  let answer = await ask(ONE, authorization)
  const challenge = answer.status === 401 ? challengeOf(visit, answer) : null
  if (challenge !== null) {
    authorization = await follow(visit, challenge)
    answer = await ask(ONE, authorization)
  }
  // An index hides behind "not found" from those who did not ask for one; the refusal of it says more.
  if (answer.status === 404) {
    const index = await ask(`${ONE},${MANY}`, authorization)
    if (index.status === 200) answer = index
  }
  if (answer.status === 200) return { answer, authorization }
  throw statusError(visit, name, answer.status)
}

function statusError(visit: Visit, name: string, status: number): RegistryError {
  if (status === 401 || status === 403)
    return new RegistryError(
      'refused',
      `${visit.host} refuses access to ${name} (HTTP ${status}); ${loginHint(visit)}`,
    )
  if (status === 404)
    return new RegistryError(
      'not-found',
      `${visit.host} has no ${name}; check repository and tag, and ${loginHint(visit)}`,
    )
  return new RegistryError('unreachable', `${visit.host} answered HTTP ${status} to the question for ${name}`)
}

function secretsOf(credentials: Credentials): string[] {
  if (credentials.kind === 'identity') return [credentials.token]
  return [credentials.password, basicHeader(credentials).slice('Basic '.length)]
}

/** A title is shown and stored, so a registry must not put our own secrets into it. */
function cleared(layer: RegistryLayer, secrets: Set<string>): RegistryLayer {
  const { title } = layer
  return title !== null && withoutSecrets(title, secrets) !== title ? { ...layer, title: null } : layer
}
