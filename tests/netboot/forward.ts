/** A way into a network namespace for a browser outside: `node forward.ts SOCKET PORT` carries what comes by the socket to the port here. Ends with its input. */
import { connect, createServer } from 'node:net'

const [path, port] = process.argv.slice(2)
const server = createServer((outer) => {
  const inner = connect(Number(port), '127.0.0.1')
  for (const end of [inner, outer]) end.on('error', () => (inner.destroy(), outer.destroy()))
  outer.pipe(inner).pipe(outer)
})
server.listen(path, () => console.log('"ready"'))
process.stdin.on('end', () => process.exit(0)).resume()
