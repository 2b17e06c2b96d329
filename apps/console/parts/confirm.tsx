import { useEffect, useRef, type ReactNode } from 'react';

interface ConfirmProps {
  readonly title: string;
  readonly children: ReactNode;
  /** The buttons. */
  readonly actions: ReactNode;
  readonly onClose: () => void;
}

/** A question that comes between: the browser's own dialog, which keeps the focus and closes on Escape. */
export function Confirm({ title, children, actions, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onCancel={(event) => {
        // React takes it away.
        event.preventDefault();
        onClose();
      }}
    >
      <h2>{title}</h2>
      {children}
      <div className="actions">{actions}</div>
    </dialog>
  );
}
