package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** What is published says of itself what Maven Central asks for, and the BOM lists it. */
class PublishedPomsTest {
    /** Elements that a POM has from its parent, if it has one; a name and a description are its own. */
    private static final List<String> INHERITED = List.of("url", "licenses", "developers", "scm");

    private static Element read(String module) throws Exception {
        Path pom = Page.root().resolve(module).resolve("pom.xml");
        return DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getDocumentElement();
    }

    /** The elements of a name that are directly in another. */
    private static List<Element> children(Element of, String name) {
        List<Element> found = new ArrayList<>();
        for (Node n = of.getFirstChild(); n != null; n = n.getNextSibling()) {
            if (n instanceof Element e && e.getTagName().equals(name)) {
                found.add(e);
            }
        }
        return found;
    }

    /** The text of the first element at a path of names; empty if there is none. */
    private static String text(Element of, String... path) {
        Element at = of;
        for (String name : path) {
            List<Element> next = children(at, name);
            if (next.isEmpty()) {
                return "";
            }
            at = next.getFirst();
        }
        return at.getTextContent().strip();
    }

    /** The POMs of the modules of this build that are its own and go to a repository; the BOM is none of them. */
    private static List<Element> published() throws Exception {
        List<Element> poms = new ArrayList<>();
        for (Element module : children(children(read(""), "modules").getFirst(), "module")) {
            Element pom = read(module.getTextContent().strip());
            if (text(pom, "parent", "artifactId").equals("lathe-parent")
                    && !text(pom, "properties", "maven.deploy.skip").equals("true")) {
                poms.add(pom);
            }
        }
        return poms;
    }

    @Test
    void eachHasWhatCentralAsksFor() throws Exception {
        List<Element> whole = List.of(read(""), read("compiler/bom"));
        for (Element pom : whole) {
            assertThat(text(pom, "parent")).isEmpty();
            for (String name : INHERITED) {
                assertThat(text(pom, name))
                        .as(text(pom, "artifactId") + ": " + name)
                        .isNotEmpty();
            }
        }
        List<Element> all = new ArrayList<>(published());
        assertThat(all).hasSizeGreaterThan(9);
        all.addAll(whole);
        for (Element pom : all) {
            String artifact = text(pom, "artifactId");
            assertThat(text(pom, "name")).as(artifact).isNotEmpty();
            assertThat(text(pom, "description")).as(artifact).endsWith(".");
        }
    }

    @Test
    void theBomListsAll() throws Exception {
        Element bom = read("compiler/bom");
        assertThat(text(bom, "version")).isEqualTo(text(read(""), "version"));
        Element list = children(children(bom, "dependencyManagement").getFirst(), "dependencies")
                .getFirst();
        List<String> listed = new ArrayList<>();
        for (Element d : children(list, "dependency")) {
            assertThat(text(d, "groupId")).isEqualTo("dev.lathe");
            assertThat(text(d, "version")).isEqualTo("${project.version}");
            listed.add(text(d, "artifactId"));
        }
        List<String> artifacts = new ArrayList<>();
        for (Element pom : published()) {
            artifacts.add(text(pom, "artifactId"));
        }
        assertThat(listed).containsExactlyInAnyOrderElementsOf(artifacts);
    }
}
