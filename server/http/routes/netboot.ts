import ipaddr from 'ipaddr.js'
import type { NetbootState } from '../../api/index.ts'
import { builtTrio } from '../../artifacts/built.ts'
import { InstallError, installTrio } from '../../artifacts/install.ts'
import { listArtifacts } from '../../artifacts/list.ts'
import type { NewEvent } from '../../store/types.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'

export function netbootHandlers(
  deps: HttpDeps,
  kit: Kit,
  options: HttpOptions,
): Pick<Handlers, 'netboot' | 'answerNetwork' | 'installBuiltMedia'> {
  const { bootFolder, builtMediaDir, advertised } = options
  const bootDir = bootFolder.path
  const { store, hub } = deps
  let installing = false

  async function state(): Promise<NetbootState> {
    const version = await bootFolder.activeVersion()
    const [artifacts, built] = await Promise.all([
      listArtifacts(bootDir, version),
      builtTrio(builtMediaDir, bootDir),
    ])
    return {
      advertised: advertised(),
      active_version: version,
      artifacts,
      built: built && { version: built.trio.version, dir: built.dir, size_bytes: built.sizeBytes },
      ...deps.netboot.state(),
    }
  }

  const record = (event: Pick<NewEvent, 'kind' | 'subject_id' | 'source_ip' | 'summary' | 'details'>) =>
    store.durable(() => store.events.add({ subject_kind: 'netboot', actor: 'operator', ...event }))

  async function install(ip: string | null): Promise<void> {
    const built = await builtTrio(builtMediaDir, bootDir)
    if (built === null)
      throw new HttpError(404, `${builtMediaDir} holds no live media that are not installed yet`)
    const tag = `v${built.trio.version}`
    const base_url = `file://${built.dir}`
    hub.workerChanged({ kind: 'release', key: tag, status: 'running' })
    try {
      const total_bytes = await installTrio(built.trio, built.dir, bootDir)
      await bootFolder.refresh()
      const { kernel, initrd, squashfs, manifest } = built.trio
      record({
        kind: 'netboot.artifacts.fetched',
        subject_id: tag,
        source_ip: ip,
        summary: `Live media ${tag} installed from ${built.dir}`,
        details: { tag, base_url, total_bytes, artifacts: [kernel, initrd, squashfs, manifest] },
      })
      hub.workerChanged({ kind: 'release', key: tag, status: 'completed' })
    } catch (error) {
      const reason = (error as Error).message
      record({
        kind: 'netboot.artifacts.fetch.failed',
        subject_id: tag,
        source_ip: ip,
        summary: `Live media ${tag} were not installed: ${reason}`,
        details: { tag, error: reason },
      })
      hub.workerChanged({ kind: 'release', key: tag, status: 'failed' })
      throw error instanceof InstallError ? new HttpError(409, reason) : error
    }
  }

  return {
    netboot: state,
    answerNetwork({ ctx, body: { network, proxy_dhcp } }) {
      if (!ipaddr.isValidCIDR(network))
        throw new HttpError(
          422,
          `network must be an address and prefix such as 192.168.1.0/24; got '${network}'`,
        )
      store.durable(() => {
        deps.netboot.answer(network, proxy_dhcp)
        record({
          kind: 'netboot.network.answered',
          subject_id: network,
          source_ip: kit.ip(ctx),
          summary: `ProxyDHCP is ${proxy_dhcp} on ${network}`,
          details: { network, proxy_dhcp },
        })
      })
      return state()
    },
    async installBuiltMedia({ ctx }) {
      if (installing) throw new HttpError(409, 'live media are being installed already')
      installing = true
      try {
        await install(kit.ip(ctx))
      } finally {
        installing = false
      }
      return state()
    },
  }
}
