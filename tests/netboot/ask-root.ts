/**
 * Stands for pkexec, as the console of a user without rights finds it: asks the test, which is root, to start the helper, and carries what
 * both say. `node ask-root.ts SOCKET ARGUMENTS`. A no is told as pkexec tells it.
 */
import { connect } from 'node:net'

const [path = '', ...args] = process.argv.slice(2)
const socket = connect(path, () => socket.write(`${JSON.stringify(args)}\n`))
socket.once('data', (answer: Buffer) => {
  if (answer[0] !== '+'.charCodeAt(0)) {
    process.stderr.write('Error executing command as another user: Request dismissed\n')
    process.exit(126)
  }
  process.stdout.write(answer.subarray(1))
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
})
socket.on('error', () => process.exit(127))
socket.on('close', () => process.exit(0))
