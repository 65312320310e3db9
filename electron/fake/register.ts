/** `node --import ./electron/fake/register.ts electron/main.ts`: what imports `electron` gets the fake one. */
import { registerHooks } from 'node:module'

const module = new URL('./module.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: module, shortCircuit: true } : next(specifier, context),
})
