/** Opens the store of the directory that is named, which migrates it, and ends. */
import { openStore } from '../../server/store/open.ts'

openStore({ dir: process.argv[2]!, version: '0.1.0' }).close()
