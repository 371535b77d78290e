/** One line of text with its name above it. */

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly type?: 'text' | 'number';
  readonly required?: boolean;
}

export const TextField = ({
  label,
  value,
  change,
  type = 'text',
  required = false,
}: TextFieldProps) => (
  <label className="field">
    {label}
    <input
      className="input"
      type={type}
      required={required}
      {...(type === 'number' && { min: 1 })}
      value={value}
      onChange={(event) => change(event.target.value)}
    />
  </label>
);
