import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Forgets a connection of GRUB the moment GRUB ends it. GRUB counts its ports from the same number at every start and its sequence numbers
 * from the time since then, so a connection that this machine still remembers from the boot before (RFC 9293, 3.6.1) swallows the next one: GRUB
 * waits, and boots without its initrd. GRUB ends a connection only when it has read all that it wants.
 */
export function forgetGrubConnections(server: Server): void {
  const known = new WeakSet<Socket>()
  server.on('request', ({ headers, socket }) => {
    if (headers['user-agent']?.startsWith('GRUB ') !== true || known.has(socket)) return
    known.add(socket)
    socket.prependOnceListener('end', () => socket.resetAndDestroy())
  })
}
