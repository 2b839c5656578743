// An application with a login by Auth.js; what it knows of the issuer stands in authjs.mjs, which a page shows.
import express from 'express';
import { ExpressAuth, getSession } from '@auth/express';
import { satsuma } from './authjs.mjs';

const auth = {
  providers: [satsuma],
  secret: 'a secret of this test alone, thirty-two',
  trustHost: true,
};
const app = express();
app.use(/^\/auth\/(.*)$/, ExpressAuth(auth));
app.get('/', async (request, response) => {
  const session = await getSession(request, auth);
  response.json({ email: session?.user?.email });
});
app.listen(Number(process.argv[2]), '127.0.0.1');
