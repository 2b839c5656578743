"""The project file of programs for the Java machine that use a library."""

from __future__ import annotations

from typing import Final

NEEDS_BODY: Final = ("POST", "PUT", "PATCH", "PROPPATCH", "REPORT")
"""The methods that OkHttp does not send without a body, be it empty."""

OKHTTP: Final = "5.5.1"
JSOUP: Final = "1.24.1"
KOTLIN: Final = "2.4.21"

_POM: Final = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId>
  <artifactId>sample</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source>
    <maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>{group}</groupId>
      <artifactId>{artifact}</artifactId>
      <version>{version}</version>
    </dependency>{dependencies}
  </dependencies>{build}
</project>
"""

_KOTLIN: Final = f"""
    <dependency>
      <groupId>org.jetbrains.kotlin</groupId>
      <artifactId>kotlin-stdlib</artifactId>
      <version>{KOTLIN}</version>
    </dependency>"""

_BUILD: Final = f"""
  <build>
    <sourceDirectory>src/main/kotlin</sourceDirectory>
    <plugins>
      <plugin>
        <groupId>org.jetbrains.kotlin</groupId>
        <artifactId>kotlin-maven-plugin</artifactId>
        <version>{KOTLIN}</version>
        <executions>
          <execution>
            <goals>
              <goal>compile</goal>
            </goals>
          </execution>
        </executions>
      </plugin>
    </plugins>
  </build>"""

RUN_JAVA: Final = "mvn --quiet compile exec:java -Dexec.mainClass=Sample"
RUN_KOTLIN: Final = "mvn --quiet compile exec:java -Dexec.mainClass=SampleKt"


def pom(group: str, artifact: str, version: str, kotlin: bool = False) -> dict[str, str]:
    """The project file for one library."""
    text = _POM.format(
        group=group,
        artifact=artifact,
        version=version,
        dependencies=_KOTLIN if kotlin else "",
        build=_BUILD if kotlin else "",
    )
    return {"pom.xml": text}
