/** Memory that all request bodies under way may take together, and those of one address. */

export const MAX_BYTES = 192 * 1024 * 1024
export const MAX_BYTES_PER_PEER = 96 * 1024 * 1024
/** The first bytes of every body are free, so that sign-in and small reports work while large bodies fill the budget. */
export const FREE_BYTES = 16 * 1024

export interface BodyBudget {
  /** One body of this address. */
  open(peer: string): BodyShare
}

export interface BodyShare {
  /** Counts bytes that have arrived; false when they are too many, and the body must be given up. */
  take(bytes: number): boolean
  /** Gives all of it back; may be called twice. */
  close(): void
}

export function createBodyBudget(maxBytes = MAX_BYTES, maxPerPeer = MAX_BYTES_PER_PEER): BodyBudget {
  const peers = new Map<string, number>()
  let used = 0
  return {
    open(peer) {
      let arrived = 0
      let charged = 0
      return {
        take(bytes) {
          arrived += bytes
          const more = Math.max(0, arrived - FREE_BYTES) - charged
          const ofPeer = peers.get(peer) ?? 0
          if (more > 0 && (used + more > maxBytes || ofPeer + more > maxPerPeer)) return false
          charged += more
          used += more
          if (more > 0) peers.set(peer, ofPeer + more)
          return true
        },
        close() {
          used -= charged
          const left = (peers.get(peer) ?? 0) - charged
          if (left > 0) peers.set(peer, left)
          else peers.delete(peer)
          charged = 0
        },
      }
    },
  }
}
