import { buildDeb } from './deb.ts'
console.log(await buildDeb(process.cwd(), '/tmp/debs'))
