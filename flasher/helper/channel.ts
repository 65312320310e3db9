/**
 * A private channel for a helper that cannot have its client's standard input: what osascript, UAC and sudo in a terminal start.
 * A socket in a folder of the client's user alone (on Windows a pipe with a name that nobody can guess), and a token in a
 * file beside it. Each end proves that it has read the token before anything else is said.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Channel {
  /** Socket or pipe, and the token's file: what the helper is told. */
  path: string
  tokenFile: string
  /** The first who proves to know the token. */
  joined: Promise<Socket>
  close(): void
}

const PROOF_MS = 10_000
const PROOF_CHARS = 64

/** Opens a channel in `dir`, which is made where it is missing and belongs to this user alone. */
export async function openChannel(
  dir: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Channel> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const token = randomBytes(32).toString('hex')
  const tokenFile = join(dir, 'token')
  const path =
    platform === 'win32' ? `\\\\.\\pipe\\bty-${randomBytes(16).toString('hex')}` : join(dir, 'socket')
  const server = createServer()
  const joined = new Promise<Socket>((resolve) => {
    server.on('connection', (socket) => {
      void prove(socket, token, 'client').then(
        () => resolve(socket),
        () => socket.destroy(),
      )
    })
  })
  await once(server.listen(path), 'listening')
  if (platform !== 'win32') chmodSync(path, 0o600)
  writeFileSync(`${tokenFile}.new`, token, { mode: 0o600 })
  renameSync(`${tokenFile}.new`, tokenFile)
  return {
    path,
    tokenFile,
    joined,
    close() {
      server.close()
      rmSync(tokenFile, { force: true })
    },
  }
}

/** The helper's end. Throws when nobody is there, or the other end does not know the token. */
export async function joinChannel(path: string, tokenFile: string): Promise<Socket> {
  const token = await readToken(tokenFile)
  if (!/^[0-9a-f]{64}$/.test(token)) throw new Error(`${tokenFile} holds no token`)
  const socket = connect(path)
  await once(socket, 'connect')
  await prove(socket, token, 'helper')
  return socket
}

const TRIES = 50
const AGAIN_MS = 100

/** Where no password is asked for, the helper may be there before the channel is. */
async function readToken(file: string): Promise<string> {
  for (let n = 1; ; n++)
    try {
      return readFileSync(file, 'utf8').trim()
    } catch (error) {
      if (n === TRIES) throw error
      await delay(AGAIN_MS)
    }
}

type End = 'client' | 'helper'

/** Sends this end's proof and waits for the other's, which is another text: it cannot be an echo. */
async function prove(socket: Socket, token: string, me: End): Promise<void> {
  socket.on('error', () => socket.destroy())
  const limit = setTimeout(() => socket.destroy(), PROOF_MS)
  try {
    socket.write(proofOf(token, me))
    const given = await readExactly(socket, PROOF_CHARS)
    const expected = Buffer.from(proofOf(token, me === 'client' ? 'helper' : 'client'))
    if (!timingSafeEqual(given, expected))
      throw new Error('the other end of the channel does not know its token')
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(limit)
  }
}

const proofOf = (token: string, end: End): string =>
  createHmac('sha256', token).update(`bty helper channel, ${end}`).digest('hex')

async function readExactly(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(length) as Buffer | null
    if (bytes !== null && bytes.length === length) return bytes
    if (bytes !== null || socket.readableEnded || socket.destroyed)
      throw new Error('the channel was closed before it was proven')
    await Promise.race([once(socket, 'readable'), once(socket, 'close')])
  }
}
