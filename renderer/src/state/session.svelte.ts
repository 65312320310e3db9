/** Who is signed in. */
import type { Session } from '../../../server/api/index.ts'
import { ApiError, type Call } from '../api.ts'
import { words } from '../words.ts'

export class SessionState {
  value = $state.raw<Session | null>(null)
  /** The session ended by itself: the page is kept, and goes on after signing in. */
  expired = $state(false)
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  get signedIn(): boolean {
    return this.value?.signed_in === true
  }

  async load(): Promise<void> {
    const was = this.signedIn
    this.value = await this.#call('session')
    this.expired = !this.signedIn && (was || this.expired)
  }

  /** The sentence of the failure, or null. */
  async signIn(password: string): Promise<string | null> {
    try {
      this.value = await this.#call('login', { body: { password } })
      this.expired = false
      return null
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return error.status === 401 ? words.login.wrong : error.message
    }
  }

  /** The screens stop asking first, so that none of their questions meets the end of the session. */
  async signOut(): Promise<void> {
    this.#out()
    try {
      await this.#call('logout')
    } finally {
      await this.load()
    }
  }

  /** The server said so: the cookie no longer counts. */
  ended(): void {
    if (!this.signedIn) return
    this.expired = true
    this.#out()
  }

  #out(): void {
    if (this.value !== null) this.value = { ...this.value, signed_in: false, desk: false }
  }
}
