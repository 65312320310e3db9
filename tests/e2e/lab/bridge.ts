/** `node bridge.ts SOCKET PORT`: a Unix socket that leads to this network namespace's own loopback. */
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

const [path = '', port = '0'] = process.argv.slice(2)

const server = createServer((outside) => {
  const inside = connect(Number(port), '127.0.0.1')
  const ignore = (): void => undefined // either end may go at any time; the other learns of it
  pipeline(outside, inside, ignore)
  pipeline(inside, outside, ignore)
})
server.listen(path, () => console.log('listening'))
