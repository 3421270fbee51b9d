import { useMutation } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { FirstRunStep, FirstRunView } from '../../../protocol/first-run-views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { useNavigate } from '../../app/use-route.ts'

/** What can be done about the set-up; failures are told beside. */
export function useSetUp() {
  const trpc = useTRPC()
  const told = { onError: (error: unknown) => notifyFailure(error, t('setup:failed')) }
  return {
    startEarning: useMutation(
      trpc.firstRun.startEarning.mutationOptions({
        onError: (error) => notifyFailure(error, t('setup:welcome.failed')),
      }),
    ),
    choose: useMutation(trpc.firstRun.choose.mutationOptions(told)),
    leave: useMutation(trpc.firstRun.leave.mutationOptions(told)),
    finish: useMutation(trpc.firstRun.finish.mutationOptions(told)),
    dismiss: useMutation(trpc.firstRun.dismiss.mutationOptions(told)),
    test: useMutation(trpc.firstRun.test.mutationOptions(told)),
  }
}

/** Goes to a step. While nobody has finished, the next start goes on there. */
export function useGoTo(stage: FirstRunView['stage']): (step: FirstRunStep) => void {
  const navigate = useNavigate()
  const remember = useMutation(useTRPC().firstRun.goTo.mutationOptions())
  return (step) => {
    if (stage !== 'done') remember.mutate({ step })
    navigate({ view: 'overview', tab: 'first-run', step })
  }
}
