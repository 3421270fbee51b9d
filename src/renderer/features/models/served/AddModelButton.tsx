import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useModels } from '../../../app/use-node.ts'
import { AddModel } from './AddModel.tsx'

/** Opens the dialog that serves a file of this computer. */
export function AddModelButton({ label }: { readonly label: string }) {
  const taken = (useModels() ?? []).map(({ name }) => name)
  const [adding, setAdding] = useState(false)
  return (
    <>
      <Button
        variant="filled"
        leftSection={<IconPlus aria-hidden size={15} />}
        onClick={() => setAdding(true)}
      >
        {label}
      </Button>
      <AddModel opened={adding} onClose={() => setAdding(false)} taken={taken} />
    </>
  )
}
