import { svelte } from '@sveltejs/vite-plugin-svelte'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The console: one page under `/ui`, its files under `/static/`. Nothing is inlined, so that the CSP stays strict. */
export default defineConfig({
  root: here('.'),
  base: '/static/',
  plugins: [svelte()],
  build: {
    outDir: here('../dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
