// An application with a login by Passport; what it knows of the issuer stands in passport.mjs, which a page shows.
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { options } from './passport.mjs';

const issuer = new URL(options.tokenURL).origin;
const strategy = new OAuth2Strategy(options, async (accessToken, refreshToken, profile, done) => {
  const answer = await fetch(`${issuer}/userinfo`, { headers: { Authorization: `Bearer ${accessToken}` } });
  const { email } = await answer.json();
  strategy._oauth2.getOAuthAccessToken(refreshToken, { grant_type: 'refresh_token' }, (error, again) => {
    done(error, { email, refreshed: Boolean(again) && again !== accessToken });
  });
});
passport.use('satsuma', strategy);
passport.use(
  'without-pkce',
  new OpenIDConnectStrategy({ ...options, issuer, userInfoURL: `${issuer}/userinfo` }, (_, profile, done) => done(null, profile)),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: 'a secret of this test alone', resave: false, saveUninitialized: true }));
app.use(passport.session());
app.get('/login', passport.authenticate('satsuma'));
app.get('/without-pkce', passport.authenticate('without-pkce'));
app.get('/callback', passport.authenticate('satsuma', { successRedirect: '/' }));
app.get('/', (request, response) => response.json(request.user ?? {}));
app.listen(Number(process.argv[2]), '127.0.0.1');
