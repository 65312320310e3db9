/** Our TFTP server on loopback with the files of a folder: `node tftp-server.ts <port> <folder>`. Ends with its input. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inMemory } from '../../server/netboot/tftp/files.ts'
import { startTftp } from '../../server/netboot/tftp/server.ts'

const [port, dir] = process.argv.slice(2) as [string, string]
const quiet = () => undefined
const server = await startTftp({
  address: '127.0.0.1',
  port: Number(port),
  open: async (name) => inMemory(await readFile(join(dir, name))),
  onStep: quiet,
  log: { debug: quiet, info: quiet, warn: console.error, error: console.error },
})
process.stdin.resume().on('end', () => server.close())
