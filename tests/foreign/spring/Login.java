package com.example.shop;

import java.time.Duration;
import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application with a login; what it knows of the issuer stands in application.properties, which a page shows. */
@RestController
@SpringBootApplication
public class Login {
    private final ClientRegistrationRepository registrations;
    private final OAuth2AuthorizedClientRepository clients;

    Login(ClientRegistrationRepository registrations, OAuth2AuthorizedClientRepository clients) {
        this.registrations = registrations;
        this.clients = clients;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Login.class, arguments);
    }

    @Bean
    static SecurityFilterChain chain(HttpSecurity http) throws Exception {
        return http
            .authorizeHttpRequests(calls -> calls.anyRequest().authenticated())
            .oauth2Login(Customizer.withDefaults())
            .build();
    }

    @GetMapping("/")
    Map<String, Object> me(@AuthenticationPrincipal OidcUser user, Authentication who,
            @RegisteredOAuth2AuthorizedClient("satsuma") OAuth2AuthorizedClient client) {
        var manager = new DefaultOAuth2AuthorizedClientManager(registrations, clients);
        // Every token counts as expired, so that it is refreshed at once.
        manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
            .refreshToken(refresh -> refresh.clockSkew(Duration.ofDays(1)))
            .build());
        var again = manager.authorize(OAuth2AuthorizeRequest.withAuthorizedClient(client).principal(who).build());
        return Map.of("email", user.getEmail(), "refreshed",
            !again.getAccessToken().getTokenValue().equals(client.getAccessToken().getTokenValue()));
    }
}
