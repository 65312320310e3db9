/** One-time tokens that prove that whoever opens the console can read this machine's terminal or started the app. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export interface DeskTokens {
  /** A new token, good for one `GET /ui/open?token=`. */
  issue(): string
  /** True once per issued token. */
  redeem(token: string): boolean
}

const MAX_OPEN = 16

export function createDeskTokens(): DeskTokens {
  const open: Buffer[] = [] // digests, oldest first
  return {
    issue() {
      const token = randomBytes(24).toString('base64url')
      open.push(digest(token))
      if (open.length > MAX_OPEN) open.shift()
      return token
    },
    redeem(token) {
      const given = digest(token)
      const index = open.findIndex((known) => timingSafeEqual(known, given))
      if (index === -1) return false
      open.splice(index, 1)
      return true
    },
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
