package dev.lathe.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.InputRole;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoleTextTest {
    @Test
    void rolesComeBack() {
        Map<String, InputRole> roles = Map.of(
                "a b\n=",
                InputRole.MASK,
                "",
                InputRole.ANY,
                "ids",
                new InputRole.Index(30522),
                "rate",
                new InputRole.Choice(-16000),
                "map",
                new InputRole.Keys(List.of("x y", "", 7L)));
        assertThat(RoleText.parse(RoleText.of(roles))).isEqualTo(roles);
    }
}
