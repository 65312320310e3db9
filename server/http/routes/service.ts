import type { HttpDeps } from '../kit.ts'
import type { Handlers } from '../mount.ts'

export function serviceHandlers({ version }: HttpDeps): Pick<Handlers, 'health' | 'version'> {
  return {
    health: () => ({ status: 'ok' }),
    version: () => ({ version }),
  }
}
