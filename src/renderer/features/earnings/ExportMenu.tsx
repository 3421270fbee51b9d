import { Button, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTRPC } from '../../api/client.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import classes from './ExportMenu.module.css'

const formats = [
  { format: 'csv', label: 'CSV', hint: 'for spreadsheets' },
  { format: 'jsonl', label: 'JSON lines', hint: 'for programs' },
  { format: 'bundle', label: 'Signed bundle', hint: 'with receipts, to be verified anywhere' },
] as const

/** Writes the whole ledger to a file. */
export function ExportMenu() {
  const save = useMutation(
    useTRPC().earnings.exportFile.mutationOptions({
      onSuccess: (saved: { path: string } | null) => {
        if (saved !== null) notifyDone('Ledger exported', saved.path)
      },
      onError: (failure) => notifyFailure(failure, 'The ledger could not be exported'),
    }),
  )
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <Button leftSection={<IconDownload aria-hidden size={15} />} loading={save.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label, hint }) => (
          <Menu.Item key={format} onClick={() => save.mutate({ format })}>
            {label}
            <span className={classes.hint}>{hint}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
