/** Boot files, TFTP, ProxyDHCP and the clients heard on the wire. Asked for again while somebody looks. */
import type { NetbootState as Snapshot } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'

export class NetbootState {
  value = $state.raw<Snapshot | null>(null)
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  async load(): Promise<void> {
    this.value = await this.#call('netboot')
  }

  async answer(network: string, proxyDhcp: 'on' | 'off'): Promise<void> {
    this.value = await this.#call('answerNetwork', { body: { network, proxy_dhcp: proxyDhcp } })
  }

  async allowPorts(): Promise<void> {
    await this.#call('allowLowPorts')
    await this.load()
  }

  async install(): Promise<void> {
    this.value = await this.#call('installBuiltMedia')
  }
}
