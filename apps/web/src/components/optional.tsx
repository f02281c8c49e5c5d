import { Component, type ReactNode, Suspense } from 'react';

interface Props {
  /** What stands there until the part has been loaded, and when it cannot be. */
  fallback: ReactNode;
  children: ReactNode;
}

/** Around a part that is loaded later: a page does without it rather than fail, as when the server goes away meanwhile. */
export class Optional extends Component<Props, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    const { fallback, children } = this.props;
    return this.state.hasFailed ? fallback : <Suspense fallback={fallback}>{children}</Suspense>;
  }
}
