import { keyringContract } from '@passerelle/testing'
import { MemoryKeyring } from './index.js'

keyringContract('in memory', async () => ({ open: async () => new MemoryKeyring(), remove: async () => undefined }))
