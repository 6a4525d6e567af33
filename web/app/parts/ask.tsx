// A dialog that asks the member to confirm or refuse an act before the act is done. The Escape key and the dialog's first button close the dialog and
// change nothing.
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';

interface AskParts {
  readonly title: string;
  readonly children: ReactNode;
  readonly no: string;
  readonly yes: string;
  readonly isDanger?: boolean;
  readonly onNo: () => void;
  readonly onYes: () => void;
}

export function Ask({ title, children, no, yes, isDanger = false, onNo, onYes }: AskParts) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onNo}>
      <div className="stack">
        <h2 id={id}>{title}</h2>
        {children}
        <div className="buttons">
          <Button onPress={onNo}>{no}</Button>
          <Button kind={isDanger ? 'danger' : 'main'} onPress={onYes}>
            {yes}
          </Button>
        </div>
      </div>
    </dialog>
  );
}
