/** The images on offer. */
import type {
  CatalogCheck,
  CatalogEntry,
  CatalogImported,
  CatalogPreview,
  ImageEntry,
} from '../../../server/api/index.ts'
import { type Call, lastingCall } from '../api.ts'

export class CatalogState {
  entries = $state.raw<CatalogEntry[]>([])
  images = $state.raw<ImageEntry[]>([])
  ready = $state(false)
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  async load(): Promise<void> {
    const [entries, images] = await Promise.all([this.#call('catalogEntries'), this.#call('images')])
    this.entries = entries
    this.images = images
    this.ready = true
  }

  async add(imageUrl: string, shaUrl: string | null): Promise<string> {
    const added = await this.#call('addCatalogEntry', { body: { image_url: imageUrl, sha_url: shaUrl } })
    await this.load()
    return added.name
  }

  async remove(src: string): Promise<void> {
    await lastingCall('deleteCatalogEntry', { query: { src } })
    await this.load()
  }

  async upload(toml: string): Promise<CatalogImported> {
    const imported = await this.#call('uploadCatalog', { text: toml })
    await this.load()
    return imported
  }

  /** From a path, file://, http(s):// or oras:// as the server sees it. */
  async import(source: string): Promise<CatalogImported> {
    const imported = await this.#call('importCatalog', { query: { source } })
    await this.load()
    return imported
  }

  async fetchDefault(): Promise<CatalogImported> {
    const imported = await this.#call('fetchCatalog')
    await this.load()
    return imported
  }

  preview(imageUrl: string, shaUrl: string | null): Promise<CatalogPreview> {
    return this.#call('previewCatalogEntry', { body: { image_url: imageUrl, sha_url: shaUrl } })
  }

  check(src: string): Promise<CatalogCheck> {
    return this.#call('checkCatalogEntry', { body: { src } })
  }
}
