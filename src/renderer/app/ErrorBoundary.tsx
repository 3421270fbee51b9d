import { Component, type ReactNode } from 'react'
import { t } from '../../locales/translate.ts'
import { FailureNote } from '../components/ErrorState.tsx'

interface State {
  readonly error?: Error
}

/** A fault in one view leaves the navigation and the node's switches where they are. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = {}

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <div style={{ padding: 22 }}>
        <FailureNote
          failure={{ message: error.message }}
          title={t('shell:fault')}
          onRetry={() => this.setState({ error: undefined })}
          retryLabel={t('shell:showAgain')}
        />
      </div>
    )
  }
}
