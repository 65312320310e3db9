import type { Kit } from '../kit.ts'
import type { Handlers } from '../mount.ts'

export function sessionHandlers({ signIn }: Kit): Pick<Handlers, 'session' | 'login' | 'logout'> {
  return {
    session: ({ ctx }) => signIn.state(ctx),
    async login({ ctx, body }) {
      await signIn.withPassword(ctx, body.password)
      return signIn.state(ctx)
    },
    logout: ({ ctx }) => signIn.out(ctx),
  }
}
