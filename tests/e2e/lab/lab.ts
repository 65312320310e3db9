/** All parts of the lab, set up for one test and taken down after it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startOciRegistry, type OciRegistry } from '../../harness/oci-registry.ts'
import { says, startChildren } from './children.ts'
import { makeImage } from './image.ts'
import type { TestImage } from './image.ts'
import { makeMachine } from './machine.ts'
import type { Machine, MachineOptions } from './machine.ts'
import { OFFICE_ADDRESS, REGISTRY_HOST, startLan } from './namespaces.ts'
import type { Operator } from './operator.ts'
import { startServer } from './server.ts'
import { fetchQemu, fetchQemuArm64 } from './tools.ts'

export interface Lab {
  /** What the image origin serves. */
  image: TestImage & { url: string; shaUrl: string }
  operator: Operator
  /** Lets the origin only trickle in the second half of files; the function that it gives ends that. */
  holdOrigin(): Promise<() => Promise<void>>
  /** Starts a registry on the LAN, which the server may ask without TLS. */
  registry(): Promise<OciRegistry>
  /** What the origin was asked for: `10.77.0.2 GET /x.img.zst 200` a line. */
  originLog(): Promise<string[]>
  /** Makes a machine with an empty disk and plugs it in. It is off. */
  machine(name: string, options: MachineOptions): Promise<Machine>
}

const ORIGIN_PORT = 8000
const MEDIA_DIR = resolve(import.meta.dirname, '../../../dist/media')

/**
 * Runs `work` on an office LAN with its DHCP server, an image origin, and our server with ProxyDHCP on. All of it goes
 * away afterwards, whatever happens; after a failure the folder with the logs of each program stays, and is named.
 */
export async function inLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const log = (line: string): void => console.log(line)
  const [qemu, image] = [await fetchQemu(log), await makeImage(log)]
  const dir = await mkdtemp(join(tmpdir(), 'bty-e2e-'))
  // An interrupted run goes through the `exit` handlers of children and LAN.
  const interrupted = (): never => process.exit(130)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  const children = startChildren(dir)
  let close = (): Promise<void> => children.close()
  try {
    const lan = await startLan()
    close = async () => {
      await children.close()
      await lan.close()
    }
    await says(children.start('office', lan.officeCommand()), 'started')
    const originScript = resolve(import.meta.dirname, 'origin.ts')
    const hold = join(dir, 'origin.hold')
    const origin = [process.execPath, originScript, image.dir, String(ORIGIN_PORT), hold]
    await says(children.start('origin', lan.inside('office', origin)), 'listening')
    const operator = await startServer({ dir, lan, children }, MEDIA_DIR)
    const url = `http://${OFFICE_ADDRESS}:${ORIGIN_PORT}/${image.file}`
    await work({
      image: { ...image, url, shaUrl: `${url}.sha256` },
      operator,
      async holdOrigin() {
        await writeFile(hold, '')
        return () => rm(hold)
      },
      registry: () =>
        startOciRegistry('', undefined, {
          host: REGISTRY_HOST,
          inside: (command) => lan.inside('office', command),
        }),
      originLog: async () => (await readFile(join(dir, 'origin.log'), 'utf8')).split('\n'),
      machine: async (name, options) =>
        makeMachine(
          { dir, lan, qemu: options.firmware === 'uefi-arm64' ? await fetchQemuArm64(log) : qemu, children },
          name,
          options,
        ),
    })
  } catch (error) {
    await close()
    log(`logs of the lab: ${dir}`)
    throw error
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted)
  }
  await close()
  await rm(dir, { recursive: true, force: true })
}
