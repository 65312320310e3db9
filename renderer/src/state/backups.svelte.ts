/** Stored backups and running ones. Asked for again while somebody looks. */
import type { BackupsView } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'

export type BackupKind = 'full' | 'inventory'

export class BackupsState {
  value = $state.raw<BackupsView | null>(null)
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  async load(): Promise<void> {
    this.value = await this.#call('backups')
  }

  async start(kind: BackupKind): Promise<void> {
    if (kind === 'full') await this.#call('startFullBackup')
    else await this.#call('startBackup', { body: {} })
    await this.load()
  }

  async remove(kind: BackupKind, id: string): Promise<void> {
    if (kind === 'full') await this.#call('deleteFullBackup', { params: { key: id } })
    else await this.#call('deleteBackup', { params: { key: id } })
    await this.load()
  }

  async upload(file: File): Promise<void> {
    this.value = await this.#call('stageRestore', { text: file, query: { name: file.name } })
  }

  async withdraw(): Promise<void> {
    this.value = await this.#call('withdrawRestore')
  }
}
