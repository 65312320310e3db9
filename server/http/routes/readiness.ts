import { dhcpSheet } from '../../netboot/cheat-sheet.ts'
import { tftpDaemon } from '../../netboot/daemon.ts'
import { isServed } from '../../netboot/interfaces.ts'
import { PROBE_FILE, probeTarget, probeTftp } from '../../netboot/tftp/probe.ts'
import { gatherFacts, missingArtifacts } from '../../readiness/gather.ts'
import { readiness } from '../../readiness/rows.ts'
import type { Key } from '../../config/keys.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import type { Handlers } from '../mount.ts'

const PROBE_PORT = 69

/** What is ready, whether TFTP answers, and what to set on another DHCP server. */
export function readinessHandlers(
  deps: HttpDeps,
  kit: Kit,
  { bootFolder, config, port }: Pick<HttpOptions, 'bootFolder' | 'config' | 'port'>,
): Pick<Handlers, 'readiness' | 'tftpProbe' | 'dhcpSheet'> {
  const value = <K extends Key>(key: K) => config.current().values[key]
  const chosen = () => {
    const names = value('netboot.interfaces')
      .split(',')
      .map((name) => name.trim())
    return names.some((name) => name !== '') ? names : null
  }
  return {
    readiness: async () =>
      readiness(
        await gatherFacts(deps, {
          config: config.started,
          bootFolder,
          defaultPassword: kit.defaultPassword(),
        }),
      ),
    async tftpProbe() {
      const { tftp, interfaces } = deps.netboot.state()
      const served =
        tftp.state === 'on' ? interfaces.filter((lan) => isServed(lan, chosen(), lan.proxy_dhcp)) : []
      const own = served.map(({ address }) => address)
      const host = probeTarget(value('netboot.tftp_probe_host'), value('server.advertised_host'), own)
      const [result, daemon] = await Promise.all([probeTftp(host, PROBE_PORT), tftpDaemon(tftp)])
      return { host, port: PROBE_PORT, file: PROBE_FILE, ...result, daemon }
    },
    dhcpSheet: async () =>
      dhcpSheet(
        value('server.advertised_host'),
        port(),
        deps.netboot.state().interfaces,
        await missingArtifacts(bootFolder),
      ),
  }
}
