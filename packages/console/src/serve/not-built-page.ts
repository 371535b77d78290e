/** What `/` says while there is no console: how to have one. */
export const notBuiltPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Millrace: the console is not built</title>
<h1>The console is not built</h1>
<p>The service runs, and its API answers below <code>/api/v1</code>. To build its pages, in the repository:</p>
<pre>npm run build -w @millrace/console</pre>
<p>Then load this page again; the service need not be restarted.</p>
</html>
`;
