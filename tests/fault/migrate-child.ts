/** Opens the store of the directory that is named, which migrates it, and ends; with `endless` no migration does. */
import { MIGRATIONS } from '../../server/store/migrations.ts'
import { openStore } from '../../server/store/open.ts'

const ENDLESS = 'WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;'
const [dir, word] = process.argv.slice(2)
const migrations = word === 'endless' ? MIGRATIONS.map((sql) => sql + ENDLESS) : MIGRATIONS
openStore({ dir: dir!, version: '0.1.0', migrations }).close()
