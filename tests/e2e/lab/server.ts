/** Our server, as a program of its own in the boot server's namespace, and the operator in front of it. */
import { cp, mkdir } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { says } from './children.ts'
import type { Children } from './children.ts'
import { REGISTRY_HOST, SERVER_INTERFACE } from './namespaces.ts'
import type { Lan } from './namespaces.ts'
import { operatorAt } from './operator.ts'
import type { Operator } from './operator.ts'

const PASSWORD = 'a password of the lab'
const HTTP_PORT = 8080

/** Starts the server with the live media of `mediaDir` and signs the operator in. Throws with its last words when it does not come up. */
export async function startServer(
  parts: { dir: string; lan: Lan; children: Children },
  mediaDir: string,
): Promise<Operator> {
  const { dir, lan, children } = parts
  const stateDir = join(dir, 'state')
  await mkdir(join(stateDir, 'boot'), { recursive: true })
  for (const file of globSync(join(mediaDir, 'bty-netboot-pc-*-v*')))
    await cp(file, join(stateDir, 'boot', basename(file)))
  const env = {
    BTY_PATHS_STATE_DIR: stateDir,
    BTY_ADMIN_PASSWORD: PASSWORD,
    BTY_SERVER_PORT: String(HTTP_PORT),
    BTY_NETBOOT_ENABLED: 'true',
    BTY_NETBOOT_INTERFACES: SERVER_INTERFACE,
    BTY_NETBOOT_PROXY_DHCP: 'on',
    BTY_REGISTRY_PLAIN_HTTP: REGISTRY_HOST,
  }
  const main = resolve(import.meta.dirname, '../../../server/main.ts')
  const server = children.start('server', lan.inside('server', [process.execPath, main]), env)
  await says(server, 'listening on http')
  const socket = join(dir, 'operator.sock')
  const bridge = resolve(import.meta.dirname, 'bridge.ts')
  await says(
    children.start('bridge', lan.inside('server', [process.execPath, bridge, socket, String(HTTP_PORT)])),
    'listening',
  )
  const operator = operatorAt(socket)
  await operator.signIn(PASSWORD)
  return operator
}
