/** How far something is that goes on by itself. */

/** @param share 0 to 1 */
export const Progress = ({ label, share }: { label: string; share: number }) => (
  <div
    className="bar"
    role="progressbar"
    aria-label={label}
    aria-valuenow={Math.round(share * 100)}
    aria-valuemin={0}
    aria-valuemax={100}
  >
    <span style={{ width: `${share * 100}%` }} />
  </div>
);
