// A real OpenID provider (npm's oidc-provider) whose people and their claims come from the environment.
import http from 'node:http';
import Provider from 'oidc-provider';

const people = JSON.parse(process.env.PEOPLE);
const port = Number(process.env.PORT);

const provider = new Provider(process.env.ISSUER, {
  clients: [{
    client_id: 'rosterline',
    client_secret: process.env.CLIENT_SECRET,
    redirect_uris: [process.env.REDIRECT_URI],
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: process.env.EMAIL_IN_ID_TOKEN !== '1',
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => ({
    accountId: sub,
    claims: () => Object.values(people).find((person) => person.sub === sub),
  }),
  // The client is the organisation's own, so nobody is asked for consent.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
  cookies: { keys: ['of the test'] },
});

const FORM = `<!doctype html><title>Provider</title><form method="post">
  <label>Login <input name="login" autofocus></label><button name="do" value="login">Continue</button>
  <button name="do" value="refuse">Cancel</button></form>`;
const answer = provider.callback();

http.createServer(async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    return response.end(FORM);
  }
  let body = '';
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  const person = people[form.get('login')];
  const result = form.get('do') === 'refuse' || !person
    ? { error: 'access_denied', error_description: 'the user said no' }
    : { login: { accountId: person.sub, amr: person.methods } };
  return provider.interactionFinished(request, response, result);
}).listen(port, '127.0.0.1', () => console.log('listening'));
