# An application with a login by OmniAuth; what it knows of the issuer stands in omniauth.rb, which a page shows.
require 'json'
require 'rack'
require 'rack/session/cookie'
require 'webrick'
require 'rack/handler/webrick'
require File.join(Dir.pwd, 'omniauth.rb')

OmniAuth.config.allowed_request_methods = [:get]
OmniAuth.config.silence_get_warning = true
OmniAuth.config.logger.level = Logger::WARN

app = Rack::Builder.new do
  use Rack::Session::Cookie, secret: 'a secret of this test alone, which is long enough to be one of those', key: 'ruby'
  use OmniAuth::Builder do
    provider Satsuma, ENV['CLIENT_ID'], ENV['CLIENT_SECRET']
  end
  run(lambda do |env|
    auth = env['omniauth.auth']
    body = {}
    if auth
      credentials = auth.credentials
      client = OAuth2::Client.new(ENV['CLIENT_ID'], ENV['CLIENT_SECRET'], site: Satsuma.default_options.client_options.site, token_url: '/token')
      again = OAuth2::AccessToken.new(client, credentials.token, refresh_token: credentials.refresh_token).refresh!
      body = { email: auth.info.email, refreshed: again.token != credentials.token }
    end
    [200, { 'Content-Type' => 'application/json' }, [JSON.generate(body)]]
  end)
end
Rack::Handler::WEBrick.run(app, Host: '127.0.0.1', Port: ARGV[0].to_i, AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN))
