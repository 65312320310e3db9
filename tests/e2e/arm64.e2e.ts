import { test } from 'node:test'
import { journey, meet } from './journey.ts'

test('EDK II on arm64: met by PXE, its disks reported by the agent', () =>
  journey({ firmware: 'uefi-arm64', mac: '52:54:00:77:00:0a', bus: 'nvme' }, meet))
